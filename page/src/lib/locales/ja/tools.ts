import type en from "../en/tools";

export default {
  "inspect.title": "解析",
  "inspect.hint": "設定を読み取る画像を選んでください",
  "tools.title": "ツール",
} satisfies Record<keyof typeof en, string>;
