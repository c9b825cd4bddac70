class DynamicTable:
    resized: bool
