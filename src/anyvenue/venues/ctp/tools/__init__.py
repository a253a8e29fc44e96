"""What the CTP tools of the command line are made of: a conversation, a statement's reader, a quote board."""
