import type en from "../en/tools";

export default {
  "inspect.title": "解析",
  "inspect.hint": "选择图片以读取设置",
  "tools.title": "工具",
} satisfies Record<keyof typeof en, string>;
