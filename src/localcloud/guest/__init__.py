"""What goes into a guest: the files laid over its image, and the script run before its init."""
