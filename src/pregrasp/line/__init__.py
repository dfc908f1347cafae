"""What a line talks to: the façade, the PackML unit, OPC UA and the service."""
