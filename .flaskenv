# The profile of `flask` commands in a checkout: the embedded default. Images set their own.
FLASK_APP=app
APP_ENV=default
