"""The authorization endpoint's rules (OpenID Connect Core §3.1.2, RFC 6749 §4.1.1).

``parameters`` reads a request, ``checks`` is the ordered list that it must pass, ``decision`` says what comes next,
``answer`` sends the browser back. Pages are ``idp.http.pages``'; no step knows another, each returns here.
"""
