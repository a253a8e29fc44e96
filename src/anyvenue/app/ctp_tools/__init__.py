"""The CTP tools of the command line as people meet them: options, tables, a shell and a board."""
