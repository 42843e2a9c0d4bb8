"""The equal call in four languages."""

SECRET = "<key>"
PATH = "/letters"


def curl(body_text, url, key):
    return f"curl {url}"


python = ruby = java = curl
