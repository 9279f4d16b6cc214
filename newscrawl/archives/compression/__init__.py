"""Compressions of archive files, record by record: one module each.

A module has `MAGIC`, a pattern of the bytes with which a compressed member begins; `open_member(file)`, which returns
the Decompressor (newscrawl.content_encodings) of the member at the file's position; `is_complete(decompressor)`,
whether all contents of a member that breaks off are decompressed; and `ERRORS`, the exceptions of its decompressor.
"""
