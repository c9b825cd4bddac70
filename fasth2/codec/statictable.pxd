"""Look-ups in the static table (RFC 7541 Appendix A), inlined where they are made."""
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcmp
