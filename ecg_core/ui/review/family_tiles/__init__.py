"""Pictures of a recording's families, each of which goes to its family."""
