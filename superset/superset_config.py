"""Superset's settings for a private instance on this machine; tools/superset.sh sets the environment."""
import os

SECRET_KEY = os.environ['BI_ML_SUPERSET_SECRET']
SQLALCHEMY_DATABASE_URI = 'sqlite:///' + os.environ['BI_ML_SUPERSET_HOME'] + '/superset.db'
# Answers are kept for five minutes; a refresh every six hours is not missed for longer.
DATA_CACHE_CONFIG = {'CACHE_TYPE': 'SimpleCache', 'CACHE_DEFAULT_TIMEOUT': 300}
ROW_LIMIT = 10000
LANGUAGES = {}
