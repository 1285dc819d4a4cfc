/** News that only a screen wants which was looked at: until then nobody listens. */

export const news = {
  /** Pictures came, went or changed; one of them, or null for any. */
  pictures: (_image: string | null): void => {},
};
