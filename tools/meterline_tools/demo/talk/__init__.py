"""The words of the demo company: what people say about events, about nothing, and in which documents it stands."""
