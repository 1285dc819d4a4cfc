/** Events of the gallery, which nobody listens to until it was looked at. */

interface GalleryEvents {
  /** Pictures came, went or changed; one of them, or null for any. */
  onChange: (image: string | null) => void;
}

export const galleryEvents: GalleryEvents = { onChange: () => {} };
