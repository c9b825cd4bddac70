"""What other projects' sdists leave out of their tests is theirs to load, not ours."""
collect_ignore = ["missing"]
