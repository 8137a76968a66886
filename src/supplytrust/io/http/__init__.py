"""The one way to the network: bounded, cached after RFC 9111, refusing what may not be asked."""
