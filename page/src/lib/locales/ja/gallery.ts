import type en from "../en/gallery";

export default {
  "gallery.title": "ギャラリー",
  "gallery.search": "検索",
  "gallery.empty": "まだ画像がありません",
} satisfies Record<keyof typeof en, string>;
