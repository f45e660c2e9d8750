"""``python -m bench``: see `bench.running`."""

if __name__ == "__main__":
    from bench import set_up

    set_up()

    from bench.running import main  # Models cannot be imported before Django is set up.

    main()
