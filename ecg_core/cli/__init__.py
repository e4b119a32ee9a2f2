"""The command line, one file a group of verbs. Results on standard output, progress on standard error."""
