import type en from "../en/gallery";

export default {
  "gallery.title": "图库",
  "gallery.search": "搜索",
  "gallery.empty": "还没有图片",
} satisfies Record<keyof typeof en, string>;
