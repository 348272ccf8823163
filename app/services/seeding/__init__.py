"""Articles to begin with: a few samples, or as many as a load test needs."""

from app.services.seeding.bulk import Seeded, seed_blog
from app.services.seeding.samples import add_sample_posts

__all__ = ["Seeded", "add_sample_posts", "seed_blog"]
