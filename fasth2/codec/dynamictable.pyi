APPENDIX_A: tuple[tuple[bytes, bytes], ...]

class DynamicTable:
    resized: bool
