"""The tags NovelAI's models know: suggestions for half a word, in English and Japanese."""

from novelai import NovelAI

with NovelAI() as client:
    print("Tags like 'cat':")
    for one in client.image.suggest_tags("cat"):
        # `count` is how many pictures carry the tag; `confidence` how well it fits what was typed.
        print(f"  {one.tag:24}{one.count:>8}{one.confidence:>8.2f}")

    print("Tags for 猫:")
    for tag in client.image.suggest_tags_jp("猫"):
        print(f"  {tag.jp_tag} = {tag.en_tag}")
