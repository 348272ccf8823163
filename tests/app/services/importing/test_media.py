from app.services.importing.media import Media


def test_images_of_the_old_address_are_found_in_the_copy(make_tree, png):
    media = Media(make_tree({"2020/01/a.png": png}), after="/wp-content/uploads/")
    image = media.find("https://old.example/wp-content/uploads/2020/01/a.png?w=300")
    assert image is not None
    assert image.path.name == "a.png"
    assert image.reference.endswith("?w=300")


def test_all_else_stays_where_it_is(make_tree, png, tmp_path):
    (tmp_path / "secret.png").write_bytes(png)
    media = Media(make_tree({"a.png": png, "a.pdf": b""}), after="/wp-content/uploads/")
    base = "https://old.example/wp-content/uploads/"
    for address in ("gone.png", "a.pdf", "../secret.png"):
        assert media.find(base + address) is None
    assert media.find("https://old.example/a.png") is None
    assert Media(None, after="/x/").find("/x/a.png") is None
