"""For programs that write programs: what Helios reads and says as JSON Schemas, and its tools over
the Model Context Protocol."""
