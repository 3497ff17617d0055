"""`python -m meterline.faces.cli`, for where the console script is not on the path."""

from meterline.faces.cli import main

if __name__ == "__main__":
    main()
