"""Who wrote it, who can release it, and has control moved to someone without a history here?"""
