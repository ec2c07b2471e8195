"""What goes over the wire: pydantic models of requests and responses, one module a resource.

All offsets are Unicode code points, half-open, into the document's text. (JavaScript strings count UTF-16 units:
convert before slicing.)
"""
