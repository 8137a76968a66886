"""Tests marked `big` run only when asked for (`-m big`)."""


def pytest_collection_modifyitems(config, items):
    if "big" in config.option.markexpr:
        return
    big = [item for item in items if item.get_closest_marker("big")]
    if big:
        config.hook.pytest_deselected(items=big)
        items[:] = [item for item in items if item not in big]
