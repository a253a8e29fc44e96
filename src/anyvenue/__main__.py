"""``python -m anyvenue`` is the command ``anyvenue``."""

from anyvenue.app.main import main

if __name__ == "__main__":
    main()
