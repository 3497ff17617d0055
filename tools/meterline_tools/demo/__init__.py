"""A seeded company that knows its own causes: `generate` writes the files that `load` takes.

The company is made of pieces that do not know one another: a base signal, effects that stories put
on it, paper that turns quantities into money, records that sales people leave, words, and dirt.
Each piece draws from its own named random stream, so adding one does not move the others.
"""

from meterline_tools.demo.build import Manifest, generate

__all__ = ["Manifest", "generate"]
