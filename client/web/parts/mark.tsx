const LARGE_LEAF = "M12 11C12 6 15 2.5 21 2c.3 6-3 9.5-9 9Z";
const SMALL_LEAF = "M12 17c0-3.6-2.4-6.3-7-6.5C4.8 15 7.5 17.3 12 17Z";
const STEM = "M12 22V10";

/** The product's mark: a small leaf under a larger one. */
export function Mark() {
  return (
    <svg className="site-header__mark" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d={STEM} stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      <path d={LARGE_LEAF} fill="currentColor" />
      <path d={SMALL_LEAF} fill="currentColor" opacity=".55" />
    </svg>
  );
}

/** The mark as the address of an icon, in a green that stands out on light and dark tabs. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="${STEM}" stroke="#4f8a68" stroke-width="2" stroke-linecap="round"/><path d="${LARGE_LEAF}${SMALL_LEAF}" fill="#4f8a68"/></svg>`,
)}`;
