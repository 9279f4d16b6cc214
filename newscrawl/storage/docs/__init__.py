"""The data dictionary and the sample questions, and the documentation that is written from them."""
