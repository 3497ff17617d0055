"""The records that sales, success and support people leave behind. Each module makes the rows of a table or two."""
