"""`python -m lstmkit`: the command line where its script is not on the path."""

from lstmkit.cli import main

if __name__ == "__main__":
    main()
