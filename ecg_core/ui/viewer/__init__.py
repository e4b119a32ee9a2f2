"""The viewer: a recording on ECG paper in the browser, and what it tells and is told.

JavaScript, CSS and HTML stand beside the Python. `packing` is the bytes a recording goes to the browser as, once;
`component` puts the modules together and mounts them; `edits` applies what comes back.
"""
