"""The examiner: questions as data, expected figures computed from the company's own files, checks, a report."""
