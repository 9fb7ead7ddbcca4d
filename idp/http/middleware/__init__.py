"""What stands around every request, one file each, plain WSGI (PEP 3333), none knowing Flask.

Each is a function that takes the application it wraps and gives one back; ``idp.http.application`` fixes the order.
"""
