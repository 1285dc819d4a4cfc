/** Events of the gallery, which nobody listens to until it was looked at. */

interface GalleryEvents {
  /** Pictures came, went or changed; one of them, or null for any. */
  onChange: (image: string | null) => void;
  /** A collection came, went, or holds other pictures. */
  onCollection: () => void;
}

export const galleryEvents: GalleryEvents = { onChange: () => {}, onCollection: () => {} };
