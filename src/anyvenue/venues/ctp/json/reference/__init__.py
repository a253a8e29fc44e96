"""The JSON door's protocol as a document: from the descriptions, for people and for programs."""
