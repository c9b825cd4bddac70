"""The dependency tree of RFC 7540 section 5.3: which stream is to send next."""
