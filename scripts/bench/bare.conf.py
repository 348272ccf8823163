"""Gunicorn's settings of the yardstick: those of the blog that cost or save time."""

worker_class = "gthread"
workers = 1
threads = 8
preload_app = True
keepalive = 75
wsgi_app = "scripts.bench.bare:create_app()"
