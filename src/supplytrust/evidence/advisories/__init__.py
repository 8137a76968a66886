"""Records of known vulnerabilities: read from databases on disk or a service, matched with versions, merged."""
