"""The project on disk: all SQL and all files are read and written here."""
