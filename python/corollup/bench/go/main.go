// Times go-verkle on random keys and prints one JSON object.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"

	verkle "github.com/ethereum/go-verkle"
)

var counts = []int{1, 1_000, 10_000}

// Milliseconds of one count of keys.
type times struct {
	Update float64 `json:"update_ms"`
	Prove  float64 `json:"prove_ms"`
	Verify float64 `json:"verify_ms"`
}

func main() {
	accounts, runs := argument(1), argument(2)
	root := verkle.New()
	for index := 0; index < accounts; index++ {
		check(root.Insert(key(index), value(index), nil))
	}
	root.Commit()

	result := map[string]times{}
	for _, count := range counts {
		keys := make([][]byte, count)
		for index := range keys {
			keys[index] = key(index * (accounts / count))
		}
		sort.Slice(keys, func(i, j int) bool { return string(keys[i]) < string(keys[j]) })
		result[strconv.Itoa(count)] = measure(root, keys, runs)
	}
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func measure(root verkle.VerkleNode, keys [][]byte, runs int) times {
	least := times{1e9, 1e9, 1e9}
	for run := 0; run < runs; run++ {
		start := time.Now()
		proof, _, _, _, err := verkle.MakeVerkleMultiProof(root, nil, keys, nil)
		check(err)
		shown, diff, err := verkle.SerializeProof(proof)
		check(err)
		lower(&least.Prove, start)

		before := root.Commitment().Bytes()
		start = time.Now()
		check(verkle.Verify(shown, before[:], before[:], diff)) // nothing is written
		lower(&least.Verify, start)

		start = time.Now()
		for index, key := range keys {
			check(root.Insert(key, value(index+run+1), nil))
		}
		root.Commit()
		lower(&least.Update, start)
	}
	return least
}

func lower(least *float64, start time.Time) {
	*least = min(*least, float64(time.Since(start).Microseconds())/1e3)
}

func key(index int) []byte {
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(index)))
	return hash[:]
}

func value(index int) []byte {
	value := make([]byte, 32)
	binary.BigEndian.PutUint64(value, uint64(index+1))
	return value
}

func argument(position int) int {
	number, err := strconv.Atoi(os.Args[position])
	check(err)
	return number
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
