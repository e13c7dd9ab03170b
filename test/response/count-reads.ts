/**
 * Counts the characters of a text that are read while `run` runs. A method call counts as the whole
 * text, `slice` as the length of its result.
 */
export function countReads(text: string, run: (counted: string) => void): number {
  let count = 0
  const counted: string = new Proxy(Object(text), {
    get(_, key) {
      if (key === 'length') return text.length
      if (typeof key === 'string' && !Number.isNaN(Number(key))) {
        count++
        return text[Number(key)]
      }
      return (...args: readonly unknown[]): unknown => {
        const method = Reflect.get(Object(text), key) as (...args: readonly unknown[]) => unknown
        const result = Reflect.apply(method, text, args)
        if (key === 'charCodeAt') count++
        else count += key === 'slice' ? (result as string).length : text.length
        return result
      }
    },
  })
  run(counted)
  return count
}
