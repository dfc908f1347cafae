"""The unit over OPC UA, in the PackML information model (OPC 30050).

``Opc.Ua.PackML.NodeSet2.xml`` is the OPC Foundation's own file, version 1.01, under the MIT
licence that it carries.
"""
