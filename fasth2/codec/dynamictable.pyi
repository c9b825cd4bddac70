from fasth2.codec.rfc7541 import STATIC_TABLE as APPENDIX_A

class DynamicTable:
    resized: bool
