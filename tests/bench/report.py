"""Tables and chart of what was found."""
def text(f):
    import json
    return json.dumps(f, indent=1)
def write(f, d): pass
