const IS_WINDOWS = process.platform === 'win32'

/** How paths are parsed: names may be any bytes, except on Windows. */
export const PATH_OPTIONS: { readonly windows: boolean; readonly bytes: boolean } = {
  windows: IS_WINDOWS,
  bytes: !IS_WINDOWS,
}
