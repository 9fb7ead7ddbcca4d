"""The counter: two officials of one agency give somebody their account back in person, on the console.

``official`` says who may and for whom, ``acts`` what they do, ``contacts`` how a new channel shows that it is the person's.
What follows is ``account_recovery``'s, which the operator's command uses too.
"""
