"""The contents of a guest: the files added to its image, and the script run before its init."""
