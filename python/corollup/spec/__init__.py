"""
The rules in pure Python, readable first: the slow twin of every accelerated function.

No clock, no socket, no native code: values in, value or raise out.
"""
