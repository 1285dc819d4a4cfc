import type en from "../en/settings";

export default {
  "settings.title": "设置",
  "settings.language": "语言",
  "settings.askAbove": "超过多少 Anlas 时确认",
  "login.title": "登录",
  "login.key": "密钥",
  "login.go": "登录",
  "login.wrong": "密钥不正确。",
  "login.expired": "会话已结束。请重新登录,草稿已保留。",
} satisfies Record<keyof typeof en, string>;
