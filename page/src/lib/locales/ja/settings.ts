import type en from "../en/settings";

export default {
  "settings.title": "設定",
  "settings.language": "言語",
  "settings.askAbove": "この額を超えたら確認 (Anlas)",
  "login.title": "ログイン",
  "login.key": "キー",
  "login.go": "ログイン",
  "login.wrong": "キーが正しくありません。",
  "login.expired": "セッションが切れました。もう一度ログインしてください。下書きは残っています。",
} satisfies Record<keyof typeof en, string>;
